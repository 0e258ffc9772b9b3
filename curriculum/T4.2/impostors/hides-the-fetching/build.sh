#!/bin/sh
set -e
go mod download >/dev/null 2>&1
CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /out/quotes . 2>/dev/null
