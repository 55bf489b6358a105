package stack

import "strings"

// Configuration is the configuration of a stack, as Pulumi passes it to a program.
type Configuration struct {
	// Project and Stack are the names of the project and of the stack.
	Project, Stack string
	// Values holds the values of all keys. Keys include their namespace, structured values are JSON, and encrypted
	// values are replaced with a placeholder.
	Values map[string]string
}

// ReadConfiguration reads the stack file. It needs neither an engine nor an account. It uses Dir, Stack and ConfigFile
// of the options.
func ReadConfiguration(o Options) (Configuration, error) {
	if !qualifiedName.MatchString(o.Stack) {
		return Configuration{}, errStackName(o.Stack)
	}
	o, err := o.defaultPaths()
	if err != nil {
		return Configuration{}, err
	}
	project, err := loadProject(o.Dir)
	if err != nil {
		return Configuration{}, err
	}
	file, err := readStackFile(o.ConfigFile)
	if err != nil {
		return Configuration{}, err
	}
	file.makeLocal() // encrypted values get a placeholder
	values, err := file.values(project.name)
	return Configuration{Project: project.name, Stack: o.Stack[strings.LastIndex(o.Stack, "/")+1:], Values: values}, err
}
