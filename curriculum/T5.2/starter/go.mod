module gantry.example/labs/stock

go 1.26.0
