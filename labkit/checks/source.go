package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// found is a place in the learner's source.
type found struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Inside string `json:"inside"` // the function or method around it
	Text   string `json:"text"`
}

// sourceWorks answers questions about Go source, as it stands, compiled or not. Test files are left out.
func sourceWorks() map[string]func(json.RawMessage) (any, error) {
	return map[string]func(json.RawMessage) (any, error){
		// Calls of a package's function, `os/signal.NotifyContext`, whatever name it is imported by; of a method or a function
		// of the package itself by its bare name.
		"source.calls": with(func(p struct{ Folder, Call string }) (any, error) {
			return walk(p.Folder, func(file *ast.File, node ast.Node) (string, bool) {
				call, ok := node.(*ast.CallExpr)
				if !ok || !names(file, call.Fun, p.Call) {
					return "", false
				}
				return p.Call, true
			})
		}),
		// Uses of an identifier, called or not.
		"source.uses": with(func(p struct{ Folder, Name string }) (any, error) {
			return walk(p.Folder, func(file *ast.File, node ast.Node) (string, bool) {
				expression, ok := node.(ast.Expr)
				return p.Name, ok && names(file, expression, p.Name)
			})
		}),
		// Functions, methods (`Type.Name`) and types that are declared.
		"source.declares": with(func(p struct{ Folder, Name string }) (any, error) {
			return walk(p.Folder, func(_ *ast.File, node ast.Node) (string, bool) {
				switch declared := node.(type) {
				case *ast.FuncDecl:
					return p.Name, functionName(declared) == p.Name
				case *ast.TypeSpec:
					return p.Name, declared.Name.Name == p.Name
				}
				return "", false
			})
		}),
		// Variables of a package, by name or all (`*`). Those that nobody would change are left out: errors, patterns, `_`.
		"source.variables": with(func(p struct{ Folder, Name string }) (any, error) {
			return walk(p.Folder, func(file *ast.File, node ast.Node) (string, bool) {
				name, ok := node.(*ast.Ident)
				return p.Name, ok && (p.Name == "*" || p.Name == name.Name) && isVariable(file, name)
			})
		}),
		// String literals that hold a text.
		"source.literals": with(func(p struct{ Folder, Text string }) (any, error) {
			return walk(p.Folder, func(_ *ast.File, node ast.Node) (string, bool) {
				literal, ok := node.(*ast.BasicLit)
				if !ok || literal.Kind != token.STRING {
					return "", false
				}
				value, err := strconv.Unquote(literal.Value)
				return value, err == nil && strings.Contains(value, p.Text)
			})
		}),
	}
}

func walk(folder string, wanted func(*ast.File, ast.Node) (string, bool)) (map[string]any, error) {
	all := []found{}
	files := token.NewFileSet()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && path != folder && strings.HasPrefix(entry.Name(), ".") {
			return filepath.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("%w", err)
		}
		relative, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		for _, declaration := range file.Decls {
			inside := ""
			if function, ok := declaration.(*ast.FuncDecl); ok {
				inside = functionName(function)
			}
			ast.Inspect(declaration, func(node ast.Node) bool {
				if node == nil {
					return false
				}
				if text, ok := wanted(file, node); ok {
					at := files.Position(node.Pos())
					all = append(all, found{filepath.ToSlash(relative), at.Line, at.Column, inside, text})
				}
				return true
			})
		}
		return nil
	})
	return map[string]any{"found": all}, err
}

// names tells whether an expression is `import/path.Name`, by whatever name the file imports the path, or a bare name.
func names(file *ast.File, expression ast.Expr, wanted string) bool {
	// Of generic functions.
	switch generic := expression.(type) {
	case *ast.IndexExpr:
		expression = generic.X
	case *ast.IndexListExpr:
		expression = generic.X
	}
	path, name := "", wanted
	if dot := strings.LastIndex(wanted, "."); dot >= 0 {
		path, name = wanted[:dot], wanted[dot+1:]
	}
	if path == "" {
		if selector, ok := expression.(*ast.SelectorExpr); ok {
			return selector.Sel.Name == name
		}
		identifier, ok := expression.(*ast.Ident)
		return ok && identifier.Name == name
	}
	selector, ok := expression.(*ast.SelectorExpr)
	if !ok || selector.Sel.Name != name {
		return false
	}
	identifier, ok := selector.X.(*ast.Ident)
	return ok && importedAs(file, path) == identifier.Name
}

// importedAs is the name a file calls an import by; empty when it does not import it.
func importedAs(file *ast.File, path string) string {
	for _, one := range file.Imports {
		if value, err := strconv.Unquote(one.Path.Value); err != nil || value != path {
			continue
		}
		if one.Name != nil {
			return one.Name.Name
		}
		parts := strings.Split(path, "/")
		last := parts[len(parts)-1]
		// A major version in the path is no part of the name: github.com/sony/gobreaker/v2.
		if len(parts) > 1 && len(last) > 1 && last[0] == 'v' && strings.Trim(last[1:], "0123456789") == "" {
			last = parts[len(parts)-2]
		}
		return last
	}
	return ""
}

// isVariable tells whether an identifier is where a file declares a variable of its package that can change.
func isVariable(file *ast.File, name *ast.Ident) bool {
	for _, declaration := range file.Decls {
		group, ok := declaration.(*ast.GenDecl)
		if !ok || group.Tok != token.VAR {
			continue
		}
		for _, spec := range group.Specs {
			value := spec.(*ast.ValueSpec)
			at := slices.Index(value.Names, name)
			if at >= 0 {
				return name.Name != "_" && !(at < len(value.Values) && isFixed(file, value.Values[at]))
			}
		}
	}
	return false
}

// isFixed tells whether an expression makes an error or a pattern.
func isFixed(file *ast.File, expression ast.Expr) bool {
	call, ok := expression.(*ast.CallExpr)
	return ok && slices.ContainsFunc([]string{"errors.New", "fmt.Errorf", "regexp.MustCompile"}, func(maker string) bool {
		return names(file, call.Fun, maker)
	})
}

func functionName(function *ast.FuncDecl) string {
	if function.Recv == nil || len(function.Recv.List) == 0 {
		return function.Name.Name
	}
	receiver := function.Recv.List[0].Type
	if star, ok := receiver.(*ast.StarExpr); ok {
		receiver = star.X
	}
	if generic, ok := receiver.(*ast.IndexExpr); ok {
		receiver = generic.X
	}
	if name, ok := receiver.(*ast.Ident); ok {
		return name.Name + "." + function.Name.Name
	}
	return function.Name.Name
}
