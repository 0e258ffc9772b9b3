module gantry.example/labs/sheets

go 1.26.0
