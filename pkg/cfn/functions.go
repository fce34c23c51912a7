package cfn

import "fmt"

// Environment of a function, by its logical id, as it finds it when it starts.
func (t Template) Environment(id string) (map[string]string, error) {
	environment, _ := t.Resources[id].Properties["Environment"].(map[string]any)
	variables, _ := environment["Variables"].(map[string]any)
	env := make(map[string]string, len(variables))
	for name, value := range variables {
		text, err := t.Text(value)
		if err != nil {
			return nil, fmt.Errorf("the environment of %s: %s: %w", id, name, err)
		}
		env[name] = text
	}
	return env, nil
}
