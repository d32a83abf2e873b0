// record FILE: runs each case of FILE, {"name", "schema", "data"} a line, through gojsonschema and writes it to
// stdout with the "errors" that it tells, for schema_conformance.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"sort"
	"strings"

	"github.com/xeipuuv/gojsonschema"
)

type fault struct {
	Type        string `json:"type"`
	Field       string `json:"field"`
	Description string `json:"description"`
}

// RawMessage keeps the numbers as they were written.
type testCase struct {
	Name   string          `json:"name"`
	Schema json.RawMessage `json:"schema"`
	Data   json.RawMessage `json:"data"`
	Errors []fault         `json:"errors"`
}

// The order of gojsonschema's errors depends on that of Go's maps: sorted, the file stays the same.
func sorted(errors []fault) []fault {
	sort.Slice(errors, func(a, b int) bool { return fmt.Sprint(errors[a]) < fmt.Sprint(errors[b]) })
	return errors
}

// number_all_of is left out, as the engine does not tell it. The field is the whole path, "(root)" in front.
func errorsOf(schema *gojsonschema.Schema, data []byte) ([]fault, error) {
	result, err := schema.Validate(gojsonschema.NewBytesLoader(data))
	if err != nil {
		return nil, err
	}
	errors := []fault{}
	for _, each := range result.Errors() {
		if each.Type() != "number_all_of" {
			errors = append(errors, fault{each.Type(), each.Context().String(), each.Description()})
		}
	}
	return sorted(errors), nil
}

// Where the order of a map decides what is told, no recording can be right: such a case is refused.
func record(each *testCase) error {
	for try := 0; try < 20; try++ {
		schema, err := gojsonschema.NewSchema(gojsonschema.NewBytesLoader(each.Schema))
		if err != nil {
			return err
		}
		errors, err := errorsOf(schema, each.Data)
		if err != nil {
			return err
		}
		if try > 0 && fmt.Sprint(errors) != fmt.Sprint(each.Errors) {
			return fmt.Errorf("tells something else each time: %v, %v", errors, each.Errors)
		}
		each.Errors = errors
	}
	return nil
}

func recordLine(line []byte, out *json.Encoder, names map[string]bool) error {
	var each testCase
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&each); err != nil {
		return err
	}
	if names[each.Name] || !strings.HasPrefix(each.Name, "gojsonschema/") {
		return fmt.Errorf("the name is taken, or does not begin with gojsonschema/")
	}
	names[each.Name] = true
	if err := record(&each); err != nil {
		return err
	}
	return out.Encode(each)
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: record FILE")
	}
	file, err := os.Open(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	names := map[string]bool{}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if err := recordLine(lines.Bytes(), out, names); err != nil {
			log.Fatalf("%s\n%v", lines.Text(), err)
		}
	}
	if lines.Err() != nil {
		log.Fatal(lines.Err())
	}
}
