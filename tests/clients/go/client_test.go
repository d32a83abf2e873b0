package clients

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/replicate/replicate-go"
)

const (
	canaryVersion = "30e22229542eb3f79d4f945dacb58d32001b02cc313ae6f54eef27904edf3272"
	canary        = "replicate/canary:" + canaryVersion
	netVersion    = "795433b19458d0f4fa172a7ccf93178d2adb1cb8ab2ad6c8fdc33fdbcd49f477"
	controlnet    = "rossjillian/controlnet:" + netVersion
	hello         = "replicate/hello-world"
	language      = "meta/meta-llama-3-8b-instruct"
)

func picture() replicate.PredictionInput {
	return replicate.PredictionInput{"image": "https://example.com/a.png", "prompt": "a turtle", "structure": "canny"}
}

func (w world) helloVersion() string {
	w.t.Helper()
	return must1(w.GetModel(w.ctx, "replicate", "hello-world"))(w.t).LatestVersion.ID
}

// owner is the account's name, and a hardware that there is.
func (w world) owner() (owner, sku string) {
	w.t.Helper()
	return must1(w.GetCurrentAccount(w.ctx))(w.t).Username, (*must1(w.ListHardware(w.ctx))(w.t))[0].SKU
}

func TestAccountHardwareCollections(t *testing.T) {
	w := newWorld(t)
	account := must1(w.GetCurrentAccount(w.ctx))(t)
	if account.Username == "" || account.Name == "" || account.Type != "user" && account.Type != "organization" {
		t.Fatalf("%s", account.RawJSON())
	}
	hardware := *must1(w.ListHardware(w.ctx))(t)
	if len(hardware) == 0 || hardware[0].SKU == "" || hardware[0].Name == "" {
		t.Fatalf("%v", hardware)
	}
	collections := must1(w.ListCollections(w.ctx))(t)
	collection := must1(w.GetCollection(w.ctx, collections.Results[0].Slug))(t)
	equal(t, collection.Name, collections.Results[0].Name)
	if len(*collection.Models) == 0 {
		t.Fatal("a collection without models")
	}
}

func TestModels(t *testing.T) {
	w := newWorld(t)
	names := ""
	for _, model := range must1(w.ListModels(w.ctx))(t).Results {
		names += model.Owner + "/" + model.Name + " "
	}
	for _, name := range []string{hello, language, "black-forest-labs/flux-schnell", "replicate/canary", "rossjillian/controlnet"} {
		contains(t, names, name+" ")
	}
	model := must1(w.GetModel(w.ctx, "replicate", "hello-world"))(t)
	equal(t, model.Name, "hello-world")
	versions := must1(w.ListModelVersions(w.ctx, "replicate", "hello-world"))(t)
	equal(t, versions.Results[0].ID, model.LatestVersion.ID)
	version := must1(w.GetModelVersion(w.ctx, "replicate", "hello-world", model.LatestVersion.ID))(t)
	equal(t, version, model.LatestVersion)
	equal(t, must1(w.SearchModels(w.ctx, "controlnet"))(t).Results[0].Name, "controlnet")
}

func TestModelOfOnesOwn(t *testing.T) {
	w := newWorld(t)
	owner, sku := w.owner()
	text := "x"
	made := must1(w.CreateModel(w.ctx, owner, "mine",
		replicate.CreateModelOptions{Visibility: "private", Hardware: sku, Description: &text}))(t)
	equal(t, []any{made.Owner, made.Name, made.Visibility, made.Description, made.RunCount, made.LatestVersion},
		[]any{owner, "mine", "private", "x", 0, nil})
	equal(t, must1(w.GetModel(w.ctx, owner, "mine"))(t), made)
	must(t, w.DeleteModel(w.ctx, owner, "mine"))
	_, err := w.GetModel(w.ctx, owner, "mine")
	refused(t, err, 404, "")
}

func TestPredictions(t *testing.T) {
	w := newWorld(t)
	made := must1(w.CreatePrediction(w.ctx, w.helloVersion(), replicate.PredictionInput{"text": "Alice"}, nil, false))(t)
	equal(t, []any{made.Status, made.Output, made.Error, *made.Logs, made.Source}, []any{"starting", nil, nil, "", "api"})
	must(t, w.Wait(w.ctx, made, replicate.WithPollingInterval(20*time.Millisecond)))
	equal(t, []any{made.Status, made.Output, made.Error}, []any{"succeeded", "hello Alice", nil})
	equal(t, must1(w.GetPrediction(w.ctx, made.ID))(t), made)

	w.stopTheClock()
	official := must1(w.CreatePredictionWithModel(w.ctx, "meta", "meta-llama-3-8b-instruct",
		replicate.PredictionInput{"prompt": "x"}, nil, false))(t)
	equal(t, must1(w.CancelPrediction(w.ctx, official.ID))(t).Status, "canceled") // it knows no "aborted"
	list := must1(w.ListPredictions(w.ctx))(t)
	equal(t, []any{len(list.Results), list.Results[0].ID, list.Results[1].ID, list.Next}, []any{2, official.ID, made.ID, nil})
}

func TestWaitAsync(t *testing.T) {
	w := newWorld(t)
	made := must1(w.CreatePrediction(w.ctx, netVersion, picture(), nil, false))(t)
	predictions, errs := w.WaitAsync(w.ctx, made, replicate.WithPollingInterval(5*time.Millisecond))
	last := make(chan replicate.Status, 1)
	go func() {
		status := made.Status
		for prediction := range predictions {
			status = prediction.Status
		}
		last <- status
	}()
	must(t, <-errs)
	equal(t, <-last, "succeeded")
	equal(t, made.Progress(), object{"Percentage": 1, "Current": 20, "Total": 20})
}

// The client puts its base before next, which is absolute: /v1/http://… is what arrives.
func TestPaginate(t *testing.T) {
	w := newWorld(t)
	ids := []string{}
	for i := 0; i < 205; i++ {
		made := must1(w.CreatePrediction(w.ctx, netVersion, picture(), nil, false))(t)
		ids = append([]string{made.ID}, ids...)
	}
	pages, errs := replicate.Paginate(w.ctx, w.Client, must1(w.ListPredictions(w.ctx))(t))
	sizes, got := []int{}, []string{}
	for open := true; open; {
		select {
		case page, more := <-pages:
			if open = more; !more {
				break
			}
			sizes = append(sizes, len(page))
			for _, prediction := range page {
				got = append(got, prediction.ID)
			}
		case err := <-errs:
			must(t, err)
			errs = nil // closed, as the pages are
		}
	}
	equal(t, sizes, []int{100, 100, 5})
	equal(t, got, ids)
	contains(t, strings.Join(w.paths(), " "), "GET /v1/http://")
}

// joined is the output of a model that answers word by word.
func joined(t *testing.T, output any) string {
	t.Helper()
	words, ok := output.([]any)
	if !ok || len(words) < 2 {
		t.Fatalf("%v", output)
	}
	return strings.TrimSpace(strings.ReplaceAll(strings.Trim(fmt.Sprintf("%q", words), "[]"), `" "`, ""))
}

func TestRunPolls(t *testing.T) {
	t.Parallel() // once a second
	w := newWorld(t)
	output := must1(w.Run(w.ctx, canary, replicate.PredictionInput{"text": "Betty"}, nil))(t)
	equal(t, joined(t, output), `"hello there, Betty"`)
	equal(t, w.sent[0].Header.Get("Prefer"), "")
	equal(t, []any{w.paths()[0], strings.HasPrefix(w.paths()[1], "GET /v1/predictions/")}, []any{"POST /v1/predictions", true})
}

func TestRunBlocks(t *testing.T) {
	w := newWorld(t)
	output := must1(w.RunWithOptions(w.ctx, canary, replicate.PredictionInput{"text": "Betty"}, nil,
		replicate.WithBlockUntilDone()))(t)
	equal(t, joined(t, output), `"hello there, Betty"`)
	equal(t, []any{w.paths(), w.sent[0].Header.Get("Prefer")}, []any{[]string{"POST /v1/predictions"}, "wait"})
	_, err := w.RunWithOptions(w.ctx, "rossjillian/controlnet", picture(), nil, replicate.WithBlockUntilDone())
	refused(t, err, 404, "The requested resource could not be found.")
}

// Here http: becomes a file too, downloaded without the token.
func TestRunWithFileOutput(t *testing.T) {
	w := newWorld(t)
	output := must1(w.RunWithOptions(w.ctx, controlnet, picture(), nil, replicate.WithBlockUntilDone(),
		replicate.WithFileOutput()))(t)
	file := output.([]any)[0].(*replicate.FileOutput)
	defer file.Close()
	contains(t, file.URL, url+"/delivery/")
	contains(t, string(must1(io.ReadAll(file))(t)[:4]), "PNG")
	equal(t, w.sent[1].Header.Get("Authorization"), "")

	made := must1(w.CreatePrediction(w.ctx, netVersion, picture(), nil, false))(t)
	body := object{}
	must(t, json.Unmarshal(made.RawJSON(), &body))
	body["status"], body["output"] = "processing", "data:text/plain;base64,aGVsbG8="
	w.rule("predictions.create", object{"status": 201, "body": body}, 0)
	output = must1(w.RunWithOptions(w.ctx, controlnet, picture(), nil, replicate.WithBlockUntilDone(),
		replicate.WithFileOutput()))(t)
	equal(t, string(must1(io.ReadAll(output.(*replicate.FileOutput)))(t)), "hello")
}

// Any error but null is one to it, "" as well.
func TestRunFails(t *testing.T) {
	w := newWorld(t)
	made := must1(w.CreatePrediction(w.ctx, netVersion, picture(), nil, false))(t)
	body := object{}
	must(t, json.Unmarshal(made.RawJSON(), &body))
	body["status"], body["error"] = "failed", "out of luck"
	w.rule("predictions.create", object{"status": 201, "body": body}, 0)
	_, err := w.RunWithOptions(w.ctx, controlnet, picture(), nil, replicate.WithBlockUntilDone())
	var failure *replicate.ModelError
	if !errors.As(err, &failure) {
		t.Fatal(err)
	}
	equal(t, failure.Error(), "model error: out of luck")
}

func events(t *testing.T, channel <-chan replicate.SSEEvent, errs <-chan error) (words, done []string) {
	t.Helper()
	for {
		select {
		case event, open := <-channel:
			switch {
			case !open:
				t.Fatal("the stream ends without done")
			case event.ID == "":
				t.Fatalf("no id: %v", event)
			case event.Type == replicate.SSETypeDone:
				return words, append(done, event.Data)
			case event.Type != replicate.SSETypeOutput:
				t.Fatalf("%v", event)
			}
			words = append(words, event.Data)
		case err, open := <-errs:
			if open {
				t.Fatal(err)
			}
			errs = nil // closed, and done may still be in the other one
		}
	}
}

func TestStream(t *testing.T) {
	w := newWorld(t)
	channel, errs := w.Stream(w.ctx, language, replicate.PredictionInput{"prompt": "Hello"}, nil)
	words, done := events(t, channel, errs)
	equal(t, done, []string{"{}"})
	made := must1(w.ListPredictions(w.ctx))(t).Results[0]
	equal(t, words, made.Output)
	equal(t, w.sent[1].Header.Get("Authorization"), "")
	contains(t, string(must1(io.ReadAll(must1(w.sent[0].GetBody())(t)))(t)), `"stream":true`)

	channel, errs = w.StreamPrediction(w.ctx, must1(w.GetPrediction(w.ctx, made.ID))(t)) // once more, after its end
	again, _ := events(t, channel, errs)
	equal(t, again, words)
}

// Any event but output, done and error is an error to this reader.
func TestStreamPredictionText(t *testing.T) {
	w := newWorld(t)
	made := must1(w.CreatePrediction(w.ctx, canaryVersion, replicate.PredictionInput{"text": "Betty"}, nil, true))(t)
	reader := must1(w.StreamPredictionText(w.ctx, made))(t)
	defer reader.Close()
	equal(t, strings.TrimSpace(string(must1(io.ReadAll(reader))(t))), "hello there, Betty")
}

func TestStreamPredictionFiles(t *testing.T) {
	w := newWorld(t)
	input := picture()
	input["num_outputs"] = 2
	made := must1(w.CreatePrediction(w.ctx, netVersion, input, nil, true))(t)
	files := must1(w.StreamPredictionFiles(made))(t)
	defer files.Close()
	for i := 0; i < 2; i++ {
		body := must1(must1(files.NextFile(w.ctx))(t).Body(w.ctx))(t)
		contains(t, string(must1(io.ReadAll(body))(t)[:4]), "PNG")
		body.Close()
	}
	if _, err := files.NextFile(w.ctx); err != io.EOF {
		t.Fatal(err)
	}
}

func TestFiles(t *testing.T) {
	w := newWorld(t)
	path := filepath.Join(t.TempDir(), "greeting.txt")
	must(t, os.WriteFile(path, []byte("hello"), 0o600))
	made := must1(w.CreateFileFromPath(w.ctx, path, &replicate.CreateFileOptions{Metadata: map[string]string{"kind": "x"}}))(t)
	equal(t, []any{made.Name, made.Size, made.Metadata, made.Checksums["sha256"], made.URLs["get"]},
		[]any{"greeting.txt", 5, object{"kind": "x"}, sum([]byte("hello")), url + "/v1/files/" + made.ID})
	contains(t, made.ContentType, "text/plain")
	equal(t, must1(w.GetFile(w.ctx, made.ID))(t), made)

	sizes := []int{5 << 20, 60 << 20}
	for _, size := range sizes {
		content := make([]byte, size)
		must1(rand.Read(content))(t)
		file := must1(w.CreateFileFromBytes(w.ctx, content, nil))(t)
		equal(t, []any{file.Name, file.Size, file.Checksums["sha256"]}, []any{"file", size, sum(content)})
	}
	options := &replicate.CreateFileOptions{Filename: "a.bin", ContentType: "application/x-a"}
	small := must1(w.CreateFileFromBuffer(w.ctx, bytes.NewBufferString("a"), options))(t)
	equal(t, []any{small.Name, small.ContentType}, []any{"a.bin", "application/x-a"})
	listed := []int{}
	for _, file := range must1(w.ListFiles(w.ctx))(t).Results {
		listed = append(listed, file.Size)
	}
	equal(t, listed, []int{1, sizes[1], sizes[0], 5})
	must(t, w.DeleteFile(w.ctx, made.ID))
	_, err := w.GetFile(w.ctx, made.ID)
	refused(t, err, 404, "")
}

func TestFileAsInput(t *testing.T) {
	w := newWorld(t)
	png := must1(base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="))(t)
	file := must1(w.CreateFileFromBytes(w.ctx, png, nil))(t)
	input := picture()
	input["image"] = file
	equal(t, must1(w.CreatePrediction(w.ctx, netVersion, input, nil, false))(t).Input["image"], file.URLs["get"])
}

func TestDeployments(t *testing.T) {
	w := newWorld(t)
	owner, sku := w.owner()
	made := must1(w.CreateDeployment(w.ctx, replicate.CreateDeploymentOptions{Name: "greeter", Model: hello,
		Version: w.helloVersion(), Hardware: sku, MinInstances: 0, MaxInstances: 1}))(t)
	equal(t, []any{made.Owner, made.Name, made.CurrentRelease.Number, made.CurrentRelease.CreatedBy.Username},
		[]any{owner, "greeter", 1, owner})
	equal(t, made.CurrentRelease.Configuration, replicate.DeploymentConfiguration{Hardware: sku, MaxInstances: 1})
	three := 3
	changed := must1(w.UpdateDeployment(w.ctx, owner, "greeter", replicate.UpdateDeploymentOptions{MaxInstances: &three}))(t)
	equal(t, []any{changed.CurrentRelease.Number, changed.CurrentRelease.Configuration.MaxInstances}, []any{2, 3})
	equal(t, must1(w.GetDeployment(w.ctx, owner, "greeter"))(t), changed)
	equal(t, must1(w.ListDeployments(w.ctx))(t).Results, []any{changed})
	prediction := must1(w.CreatePredictionWithDeployment(w.ctx, owner, "greeter",
		replicate.PredictionInput{"text": "Alice"}, nil, false))(t)
	must(t, w.Wait(w.ctx, prediction, replicate.WithPollingInterval(20*time.Millisecond)))
	equal(t, []any{prediction.Output, prediction.Model}, []any{"hello Alice", hello})
	must(t, w.DeleteDeployment(w.ctx, owner, "greeter"))
	_, err := w.GetDeployment(w.ctx, owner, "greeter")
	refused(t, err, 404, "")
}

// trainable is the model that can be trained, and input that it takes.
func (w world) trainable() (replicate.Model, replicate.TrainingInput) {
	w.t.Helper()
	for _, model := range must1(w.ListModels(w.ctx))(w.t).Results {
		var schema struct {
			Components struct {
				Schemas map[string]struct {
					Required   []string
					Properties map[string]struct{ Format string }
				}
			}
		}
		must(w.t, json.Unmarshal(must1(json.Marshal(model.LatestVersion.OpenAPISchema))(w.t), &schema))
		training, found := schema.Components.Schemas["TrainingInput"]
		if !found {
			continue
		}
		input := replicate.TrainingInput{}
		for _, key := range training.Required {
			input[key] = "x"
			if training.Properties[key].Format == "uri" {
				input[key] = "https://example.com/data.zip"
			}
		}
		return model, input
	}
	w.t.Fatal("no model can be trained")
	panic("unreachable")
}

func TestTrainings(t *testing.T) {
	w := newWorld(t)
	owner, sku := w.owner()
	model, input := w.trainable()
	destination := owner + "/trained"
	train := func(webhook *replicate.Webhook) (*replicate.Training, error) {
		return w.CreateTraining(w.ctx, model.Owner, model.Name, model.LatestVersion.ID, destination, input, webhook)
	}
	_, err := train(nil)
	refused(t, err, 404, "The specified training destination does not exist")
	must1(w.CreateModel(w.ctx, owner, "trained", replicate.CreateModelOptions{Visibility: "private", Hardware: sku}))(t)
	made := must1(train(&replicate.Webhook{URL: url + "/_mock/inbox/trainings",
		Events: []replicate.WebhookEventType{replicate.WebhookEventCompleted}}))(t)
	equal(t, made.Status, "starting")
	w.mock("POST", "settle?timeout=60s", nil, nil)
	done := must1(w.GetTraining(w.ctx, made.ID))(t)
	equal(t, []any{done.Status, done.Error}, []any{"succeeded", nil})
	versions := must1(w.ListModelVersions(w.ctx, owner, "trained"))(t).Results
	equal(t, done.Output.(object)["version"], destination+":"+versions[0].ID)
	w.stopTheClock()
	other := must1(train(nil))(t)
	equal(t, must1(w.CancelTraining(w.ctx, other.ID))(t).Status, "canceled")
	list := must1(w.ListTrainings(w.ctx))(t).Results
	equal(t, []any{len(list), list[0].ID, list[1].ID}, []any{2, other.ID, made.ID})
	must(t, w.DeleteModelVersion(w.ctx, owner, "trained", versions[0].ID))
	equal(t, len(must1(w.ListModelVersions(w.ctx, owner, "trained"))(t).Results), 0)
}

func TestWebhookAsItComes(t *testing.T) {
	w := newWorld(t)
	secret := must1(w.GetDefaultWebhookSecret(w.ctx))(t)
	webhook := &replicate.Webhook{URL: url + "/_mock/inbox/mine", Events: []replicate.WebhookEventType{"completed"}}
	made := must1(w.CreatePrediction(w.ctx, netVersion, picture(), webhook, false))(t)
	equal(t, *made.Webhook, webhook.URL)
	w.mock("POST", "settle?timeout=60s", nil, nil)
	var inbox struct {
		Results []struct {
			Headers map[string]string
			Body    string
		}
	}
	w.mock("GET", "inbox/mine", nil, &inbox)
	for altered, want := range map[string]bool{"": true, " ": false} {
		request := must1(http.NewRequest("POST", "/", strings.NewReader(inbox.Results[0].Body+altered)))(t)
		for name, value := range inbox.Results[0].Headers {
			request.Header.Set(name, value)
		}
		equal(t, must1(replicate.ValidateWebhookRequest(request, *secret))(t), want)
	}
}

func TestErrors(t *testing.T) {
	w := newWorld(t)
	_, err := w.GetPrediction(w.ctx, "nothing")
	refused(t, err, 404, "The requested resource could not be found.")
	_, err = w.CreatePrediction(w.ctx, netVersion, replicate.PredictionInput{}, nil, false)
	equal(t, refused(t, err, 422, "- input: image is required\n").Title, "Input validation failed")
	_, err = w.CreatePrediction(w.ctx, "nothing", picture(), nil, false)
	refused(t, err, 422, "The specified version does not exist")
	w.rule("predictions.create", object{"status": 402}, 1)
	_, err = w.CreatePrediction(w.ctx, netVersion, picture(), nil, false)
	equal(t, refused(t, err, 402, "You have insufficient credit").Title, "Insufficient credit")
}

func TestFiveTries(t *testing.T) {
	w := newWorld(t)
	w.rule("predictions.create", object{"status": 429, "headers": object{"retry-after": "0"}}, 5+4)
	_, err := w.CreatePrediction(w.ctx, netVersion, picture(), nil, false)
	refused(t, err, 429, "Request was throttled.")
	equal(t, len(w.paths()), 5)
	made := must1(w.CreatePrediction(w.ctx, netVersion, picture(), nil, false))(t)
	equal(t, len(w.paths()), 10)
	w.rule("predictions.get", object{"status": 503}, 4)
	equal(t, must1(w.GetPrediction(w.ctx, made.ID))(t).ID, made.ID)
}

func TestTokens(t *testing.T) {
	address, stop, err := serve("--token", "r8_good")
	must(t, err)
	w := newWorldAt(t, address+"/v1", "r8_bad")
	_, err = w.ListPredictions(w.ctx)
	equal(t, refused(t, err, 401, "You did not pass a valid authentication token").Title, "Unauthenticated")
	w = newWorldAt(t, address+"/v1", "r8_good")
	equal(t, len(must1(w.ListPredictions(w.ctx))(t).Results), 0)
	must(t, stop())
}
