module gantry.example/notes

go 1.26
