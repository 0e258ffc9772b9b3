module gantry.example/labs/retry

go 1.26
