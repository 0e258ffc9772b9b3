module gantry.example/books

go 1.26
