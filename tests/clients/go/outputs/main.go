// FileOutput objects of Replicate's Go client: that it makes them, and what can be read of them.
//
// Usage: outputs URL https|data    under `replicate-mock exec --tls-port 0 --output-urls …`; see ../../outputs.py
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/replicate/replicate-go"
)

const (
	long              = 200 * time.Second // ends what hangs
	controlnetVersion = "795433b19458d0f4fa172a7ccf93178d2adb1cb8ab2ad6c8fdc33fdbcd49f477"
	controlnet        = "rossjillian/controlnet:" + controlnetVersion
	images            = "black-forest-labs/flux-schnell"
	video             = "minimax/video-01"
)

var url, scheme = os.Args[1], os.Args[2]

var magic = map[string]string{"image/webp": "RIFF", "image/png": "\x89PNG", "video/webm": "\x1aE\xdf\xa3"}

type input = replicate.PredictionInput

func picture(image string) input {
	return input{"image": image, "prompt": "a turtle", "structure": "canny"}
}

func assert(right bool, format string, args ...any) {
	if !right {
		panic(fmt.Sprintf(format, args...))
	}
}

func must[T any](value T, err error) T {
	assert(err == nil, "%v", err)
	return value
}

// content is what is at the URL, as curl gets it or the URL has it.
func content(url string) (contentType string, data []byte) {
	if rest, found := strings.CutPrefix(url, "data:"); found {
		head, text, _ := strings.Cut(rest, ";base64,")
		return head, must(base64.StdEncoding.DecodeString(text))
	}
	head := must(exec.Command("curl", "-sSfI", "-o", os.DevNull, "-w", "%{content_type}", url).Output())
	return string(head), must(exec.Command("curl", "-sSf", url).Output())
}

// check holds what was read of a file against what is at its URL.
func check(url, contentType string, body io.ReadCloser) []byte {
	defer body.Close()
	data := must(io.ReadAll(body))
	assert(strings.HasPrefix(url, scheme+":"), "%.60s", url)
	found, wanted := content(url)
	assert(found == contentType, "%s", found)
	assert(strings.HasPrefix(string(data), magic[contentType]), "%q", data[:4])
	assert(bytes.Equal(data, wanted), "%d bytes, and %d at its URL", len(data), len(wanted))
	return data
}

func checkFile(output any, contentType string) []byte {
	file, right := output.(*replicate.FileOutput)
	assert(right, "%T", output)
	return check(file.URL, contentType, file)
}

func run(ctx context.Context, client *replicate.Client, model string, values input) any {
	return must(client.RunWithOptions(ctx, model, values, nil, replicate.WithBlockUntilDone(), replicate.WithFileOutput()))
}

func runs(ctx context.Context, client *replicate.Client) {
	files := run(ctx, client, images, input{"prompt": "x", "num_outputs": 2}).([]any)
	assert(len(files) == 2, "%v", files)
	for _, file := range files {
		checkFile(file, "image/webp")
	}
	checkFile(run(ctx, client, video, input{"prompt": "x"}), "video/webm")
	polled := must(client.RunWithOptions(ctx, controlnet, picture("https://example.com/a.png"), nil,
		replicate.WithFileOutput()))
	checkFile(polled.([]any)[0], "image/png")
}

func streams(ctx context.Context, client *replicate.Client) {
	made := must(client.CreatePrediction(ctx, controlnetVersion, picture("https://example.com/a.png"), nil, true))
	assert(strings.HasPrefix(made.URLs["stream"], url+"/v1/files/"), "%s", made.URLs["stream"])
	files := must(client.StreamPredictionFiles(made))
	defer files.Close()
	data := must(io.ReadAll(must(must(files.NextFile(ctx)).Body(ctx))))
	assert(client.Wait(ctx, made) == nil, "%v", made)
	output := made.Output.([]any)[0].(string)
	check(output, "image/png", io.NopCloser(bytes.NewReader(data)))
	channel, _ := client.Stream(ctx, images, input{"prompt": "x"}, nil)
	select {
	case event := <-channel:
		assert(strings.HasPrefix(event.Data, scheme+":"), "%.60s", event.Data) // it makes no files of events
	case <-ctx.Done():
		panic("no event")
	}
}

// What was read of a file goes up and into the next prediction.
func passesOn(ctx context.Context, client *replicate.Client) {
	data := checkFile(run(ctx, client, controlnet, picture("https://example.com/a.png")).([]any)[0], "image/png")
	up := must(client.CreateFileFromBytes(ctx, data, &replicate.CreateFileOptions{Filename: "a.png", ContentType: "image/png"}))
	sum := sha256.Sum256(data)
	assert(up.Checksums["sha256"] == hex.EncodeToString(sum[:]), "%v", up)
	assert(strings.HasPrefix(up.URLs["get"], url+"/v1/files/"), "%v", up)
	next := picture("")
	next["image"] = up
	checkFile(run(ctx, client, controlnet, next).([]any)[0], "image/png")
	last := must(client.ListPredictions(ctx)).Results[0]
	assert(last.Input["image"] == up.URLs["get"], "%v", last.Input)
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), long)
	defer cancel()
	client := must(replicate.NewClient(replicate.WithTokenFromEnv(), replicate.WithBaseURL(url+"/v1")))
	runs(ctx, client)
	streams(ctx, client)
	passesOn(ctx, client)
}
