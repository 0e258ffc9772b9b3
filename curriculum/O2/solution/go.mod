module gantry.example/shop

go 1.26
