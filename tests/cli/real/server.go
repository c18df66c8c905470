// SPDX-License-Identifier: Apache-2.0

// A server and its clients in goroutines, processes, and a walk over files.
package main

import (
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func get(url string, times int) (total int) {
	for i := 0; i < times; i++ {
		answer, err := http.Get(url)
		check(err)
		body, err := io.ReadAll(answer.Body)
		check(err)
		answer.Body.Close()
		total += len(body)
	}
	return total
}

func serve() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		text, _ := os.ReadFile("/etc/passwd")
		w.Write(text)
	})
	go http.Serve(listener, nil)
	var all sync.WaitGroup
	totals := make([]int, 8)
	for i := range totals {
		all.Add(1)
		go func(i int) {
			totals[i] = get("http://"+listener.Addr().String(), 100)
			all.Done()
		}(i)
	}
	all.Wait()
	fmt.Println("served", totals)
}

func run() {
	var all sync.WaitGroup
	right := make([]bool, 20)
	for i := range right {
		all.Add(1)
		go func(i int) {
			said, err := exec.Command("sh", "-c", "echo $PPID; exit 0").Output()
			check(err)
			right[i] = strings.TrimSpace(string(said)) == fmt.Sprint(os.Getpid())
			all.Done()
		}(i)
	}
	all.Wait()
	fmt.Println("parent", right)
}

func walk() {
	count := 0
	filepath.WalkDir("/usr/include", func(path string, _ fs.DirEntry, err error) error {
		if _, err = os.Stat(path); err == nil {
			count++
		}
		return nil
	})
	fmt.Println("files", count)
}

func main() {
	serve()
	run()
	walk()
}
