package main
import ("context";"errors")
func measureStore(context.Context, *bench) ([]section, error) { return nil, nil }
func measureWatcher(context.Context, *bench) ([]section, error) { return nil, nil }
func fillMode([]string) error { return errors.New("x") }
