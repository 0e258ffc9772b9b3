module gantry.local/labkit/relay

go 1.26.0
