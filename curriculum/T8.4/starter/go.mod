module gantry.example/prices

go 1.26.0
