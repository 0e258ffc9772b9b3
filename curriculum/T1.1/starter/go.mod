module gantry.example/store

go 1.26
