@echo off
rem Gantry's terminal program, run by the Node.js of the VS Code whose terminal this is.
setlocal
set ELECTRON_RUN_AS_NODE=1
if not defined GANTRY_NODE set GANTRY_NODE=node
"%GANTRY_NODE%" "%~dp0..\cli.js" %*
