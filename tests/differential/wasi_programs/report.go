// Reads numbers from a JSON file, sorts them, writes a report, lists the folder, looks at the clock.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"sort"
	"time"
)

type input struct {
	Title   string    `json:"title"`
	Numbers []float64 `json:"numbers"`
}

func list(path string) {
	entries, err := os.ReadDir(path)
	fmt.Println(path, len(entries), err)
	for _, entry := range entries {
		info, err := entry.Info()
		size := int64(0)
		if err == nil && !info.IsDir() {
			size = info.Size()
		}
		fmt.Println(" ", entry.Name(), entry.IsDir(), size, err)
	}
}

func main() {
	fmt.Println(os.Args[1:], os.Getenv("HOME"))
	data, err := os.ReadFile("/data/input.json")
	if err != nil {
		fmt.Println(err)
		os.Exit(3)
	}
	var found input
	if err := json.Unmarshal(data, &found); err != nil {
		fmt.Println(err)
		os.Exit(4)
	}
	sort.Float64s(found.Numbers)
	sum := 0.0
	for _, number := range found.Numbers {
		sum += math.Sqrt(math.Abs(number))
	}
	fmt.Println(found.Title, found.Numbers, sum, math.Sin(sum))

	fmt.Println(os.MkdirAll("/data/out/deep", 0o777))
	text := fmt.Sprintf("%d numbers\nsum %.3f\n", len(found.Numbers), sum)
	fmt.Println(os.WriteFile("/data/out/report.txt", []byte(text), 0o666))
	file, err := os.OpenFile("/data/out/report.txt", os.O_APPEND|os.O_WRONLY, 0)
	fmt.Println(err)
	fmt.Fprintln(file, "appended")
	fmt.Println(file.Close())
	fmt.Println(os.Rename("/data/out/report.txt", "/data/out/final.txt"))
	back, err := os.ReadFile("/data/out/final.txt")
	fmt.Printf("%q %v\n", back, err)
	_, err = os.ReadFile("/data/out/report.txt")
	fmt.Println(os.IsNotExist(err))
	_, err = os.Stat("/data/../../etc/passwd")
	fmt.Println(err != nil)
	fmt.Println(os.Remove("/data/remove.me"), os.Remove("/data/out") != nil)
	list("/data")
	list("/data/out")

	start := time.Now()
	time.Sleep(2 * time.Millisecond)
	fmt.Println(time.Since(start) >= 2*time.Millisecond, time.Now().Year() > 2020)
	done := make(chan string)
	go func() { done <- "from a goroutine" }()
	fmt.Println(<-done)
	scanner := bufio.NewScanner(os.Stdin)
	for scanner.Scan() {
		fmt.Println("read", scanner.Text())
	}
	os.Exit(len(found.Numbers))
}
