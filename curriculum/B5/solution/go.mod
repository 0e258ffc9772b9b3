module gantry.example/labs/health

go 1.26
