// Replicate's Go client: every method of it, against the server that it takes for Replicate. BINARY names the server.
package clients

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/replicate/replicate-go"
)

const long = 240 * time.Second // ends what hangs

var url string // of the server that all tests share
var worlds atomic.Int64

func TestMain(m *testing.M) {
	// Longer than a wait of one second, and in truth shorter; a wait of a minute has 12 s.
	address, stop, err := serve("--speed", "5", "--boot", "50ms", "--predict", "1500ms")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	url = address
	code := m.Run()
	if err := stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// serve starts the binary with these options; stop fails if it does not end well.
func serve(options ...string) (address string, stop func() error, err error) {
	command := exec.Command(os.Getenv("BINARY"), append([]string{"--port", "0", "--log-level", "warn"}, options...)...)
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "REPLICATE_MOCK_") {
			command.Env = append(command.Env, variable)
		}
	}
	command.Stderr = os.Stderr
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	stdout, err := command.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := command.Start(); err != nil {
		return "", nil, err
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	address, found := strings.CutPrefix(strings.TrimSpace(line), "replicate-mock listening on ")
	if err != nil || !found {
		return "", nil, fmt.Errorf("no ready line but %q, %v, %v", line, err, command.Wait())
	}
	return address, func() error {
		if err := command.Process.Signal(syscall.SIGTERM); err != nil {
			return err
		}
		return command.Wait()
	}, nil
}

// recorder notes the requests as they leave, those that the client tries again each time.
type recorder struct {
	sync.Mutex
	sent []*http.Request
}

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	r.Lock()
	r.sent = append(r.sent, request)
	r.Unlock()
	return http.DefaultTransport.RoundTrip(request)
}

func (r *recorder) paths() []string {
	r.Lock()
	defer r.Unlock()
	paths := []string{}
	for _, request := range r.sent {
		paths = append(paths, request.Method+" "+request.URL.Path)
	}
	return paths
}

// world is a client with a token, and so a world, of its own.
type world struct {
	*replicate.Client
	*recorder
	t     *testing.T
	ctx   context.Context
	token string
}

func newWorld(t *testing.T) world {
	token := fmt.Sprintf("r8_go_%d", worlds.Add(1))
	return newWorldAt(t, url+"/v1", token)
}

func newWorldAt(t *testing.T, base, token string) world {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), long)
	t.Cleanup(cancel)
	recorder := &recorder{}
	client, err := replicate.NewClient(replicate.WithToken(token), replicate.WithBaseURL(base),
		replicate.WithHTTPClient(&http.Client{Transport: recorder}),
		replicate.WithRetryPolicy(5, &replicate.ConstantBackoff{Base: time.Millisecond}))
	must(t, err)
	return world{client, recorder, t, ctx, token}
}

// mock is a call of the control API, in this world.
func (w world) mock(method, path string, body, answer any) {
	w.t.Helper()
	data := []byte{}
	if body != nil {
		data = must1(json.Marshal(body))(w.t)
	}
	request := must1(http.NewRequestWithContext(w.ctx, method, url+"/_mock/"+path, bytes.NewReader(data)))(w.t)
	request.Header.Set("Authorization", "Bearer "+w.token)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response := must1(http.DefaultClient.Do(request))(w.t)
	defer response.Body.Close()
	text := must1(io.ReadAll(response.Body))(w.t)
	if response.StatusCode >= 300 {
		w.t.Fatalf("%s %s: %d %s", method, path, response.StatusCode, text)
	}
	if answer != nil {
		must(w.t, json.Unmarshal(text, answer))
	}
}

type object = map[string]any

// stopTheClock: nothing in the world goes on by itself any more; what is to be canceled has not ended before.
func (w world) stopTheClock() {
	w.t.Helper()
	w.mock("PUT", "clock", object{"mode": "manual"}, nil)
}

func (w world) rule(operation string, response object, times int) {
	w.t.Helper()
	rule := object{"match": object{"operation": operation}, "response": response}
	if times > 0 {
		rule["times"] = times
	}
	w.mock("POST", "scenarios", rule, nil)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// must1 takes what a call returns: must1(f())(t) is its value, or the test's end.
func must1[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		must(t, err)
		return value
	}
}

// plain is the value as JSON has it: a number is one whatever its type, and members have no order.
func plain(t *testing.T, value any) (result any) {
	t.Helper()
	must(t, json.Unmarshal(must1(json.Marshal(value))(t), &result))
	return result
}

func equal(t *testing.T, got, want any) {
	t.Helper()
	if got, want := plain(t, got), plain(t, want); !reflect.DeepEqual(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
}

func contains(t *testing.T, text, part string) {
	t.Helper()
	if !strings.Contains(text, part) {
		t.Fatalf("%q has no %q in it", text, part)
	}
}

// refused holds the client's error against the status and a part of its detail.
func refused(t *testing.T, err error, status int, detail string) *replicate.APIError {
	t.Helper()
	var failure *replicate.APIError
	if !errors.As(err, &failure) {
		t.Fatalf("got %v, want a refusal with %d", err, status)
	}
	equal(t, failure.Status, status)
	contains(t, failure.Detail, detail)
	return failure
}

func sum(content []byte) string {
	digest := sha256.Sum256(content)
	return hex.EncodeToString(digest[:])
}
