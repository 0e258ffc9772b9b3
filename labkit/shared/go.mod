module gantry.local/labkit/shared

go 1.26
