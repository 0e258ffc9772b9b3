module gantry.example/labs/limiter

go 1.26
