//go:build tools

// Names the program that is built from here, so that go.mod keeps it.
package tools

import _ "github.com/rhysd/actionlint/cmd/actionlint"
