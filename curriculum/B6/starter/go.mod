module gantry.example/labs/graceful

go 1.26
