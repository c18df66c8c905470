# SPDX-License-Identifier: Apache-2.0
# Two ranks that exchange, by OpenMPI's library alone.
import ctypes
import hashlib
mpi = ctypes.CDLL('libmpi.so.40', mode=ctypes.RTLD_GLOBAL)
symbol = lambda name: ctypes.c_void_p(ctypes.addressof(ctypes.c_char.in_dll(mpi, name)))
world, byte = symbol('ompi_mpi_comm_world'), symbol('ompi_mpi_byte')
mpi.MPI_Init(None, None)
rank, size = ctypes.c_int(), ctypes.c_int()
mpi.MPI_Comm_rank(world, ctypes.byref(rank))
mpi.MPI_Comm_size(world, ctypes.byref(size))
other = (rank.value + 1) % size.value
for length in 1, 1000, 100000, 10000000:
    mine = (bytes([rank.value + 65]) * length)
    got = ctypes.create_string_buffer(length)
    failed = mpi.MPI_Sendrecv(mine, length, byte, other, 7, got, length, byte,
                              other, 7, world, None)
    good = not failed and got.raw == bytes([other + 65]) * length
    if rank.value == 0:
        print(length, good, flush=True)
mpi.MPI_Barrier(world)
print('rank', rank.value, 'of', size.value, flush=True) if rank.value == 0 else None
mpi.MPI_Finalize()
