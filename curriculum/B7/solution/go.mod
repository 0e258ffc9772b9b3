module gantry.example/labs/config

go 1.26
