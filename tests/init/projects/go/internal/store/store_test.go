package store

import "testing"

func TestStore(t *testing.T) {
	postgres.Run(t.Context(), "postgres:17-alpine")
}
