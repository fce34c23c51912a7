package asl

import (
	"fmt"
	"regexp"
	"strings"
)

func (l *loader) state(n *node, name, path, language string) *state {
	if !n.object {
		l.problem(path, "a state is a JSON object, this is "+article(n.kind()), "")
		return nil
	}
	f := l.fields(n, path)
	if f.has("QueryLanguage") {
		language = f.text("QueryLanguage")
	}
	if language != "JSONata" {
		l.problem(path, fmt.Sprintf("the query language is %q, and the engine runs JSONata only", language),
			`set "QueryLanguage": "JSONata" at the top of the machine`)
		return nil
	}
	st := &state{name: name, kind: stateType(f.requiredText("Type")), comment: f.text("Comment")}
	switch st.kind {
	case typeTask:
		l.task(f, st)
	case typePass:
		l.ending(f, st)
	case typeChoice:
		l.choice(f, st)
	case typeWait:
		l.wait(f, st)
	case typeParallel:
		l.parallel(f, st, language)
	case typeMap:
		l.mapState(f, st, language)
	case typeSucceed:
		st.end = true
		st.output = f.template("Output")
	case typeFail:
		st.end = true
		st.errorName = f.value("Error", wantText)
		st.cause = f.value("Cause", wantText)
	default:
		l.problem(join(path, "Type"), fmt.Sprintf("the state type %q does not exist", st.kind),
			"one of Task, Pass, Choice, Wait, Parallel, Map, Succeed, Fail")
		return nil
	}
	f.done()
	return st
}

// ending reads what most states have: Output, Assign, and Next or End.
func (l *loader) ending(f *fields, st *state) {
	st.output = f.template("Output")
	st.assign = f.assign(&st.assigned)
	st.next = f.text("Next")
	st.end = f.flag("End")
	if (st.next == "") != st.end {
		l.problem(f.path, `exactly one of "Next" and "End": true is needed`, "")
	}
}

var resourceRE = regexp.MustCompile(`^arn:[a-z-]+:states:[a-z0-9-]*:[0-9]*:((?:aws-sdk:)?[a-zA-Z0-9-]+):([a-zA-Z0-9]+)(\.[a-zA-Z]+(?::[0-9])?)?$`)

func (l *loader) task(f *fields, st *state) {
	arn := f.requiredText("Resource")
	st.task = &resource{arn: arn}
	if parts := resourceRE.FindStringSubmatch(arn); parts != nil {
		st.task.resourceType, st.task.action = parts[1], parts[2]+parts[3]
		st.task.token = parts[3] == ".waitForTaskToken"
		if parts[3] != "" && !st.task.token {
			l.problem(f.at("Resource"), fmt.Sprintf("the integration pattern %q is not implemented", parts[3]), "use the request-response form or .waitForTaskToken")
		}
	} else if !strings.Contains(arn, ":function:") && !strings.HasPrefix(arn, "${") && arn != "" {
		l.problem(f.at("Resource"), "neither a service integration nor the ARN of a function", "for instance arn:aws:states:::lambda:invoke")
	}
	st.arguments = f.template("Arguments")
	st.timeout = f.value("TimeoutSeconds", wantSeconds)
	st.heartbeat = f.value("HeartbeatSeconds", wantSeconds)
	l.heartbeatBelowTimeout(f, st)
	l.errorHandling(f, st)
	l.ending(f, st)
}

func (l *loader) heartbeatBelowTimeout(f *fields, st *state) {
	if st.timeout == nil || st.heartbeat == nil {
		return
	}
	timeout, ok1 := f.n.get("TimeoutSeconds").number()
	heartbeat, ok2 := f.n.get("HeartbeatSeconds").number()
	if ok1 && ok2 && heartbeat >= timeout {
		l.problem(f.at("HeartbeatSeconds"), "the heartbeat must be shorter than TimeoutSeconds", "")
	}
}

func (l *loader) choice(f *fields, st *state) {
	f.list("Choices", func(c *fields) {
		st.choices = append(st.choices, choice{
			condition: c.condition(), next: c.requiredText("Next"), output: c.template("Output"), assign: c.assign(&st.assigned),
		})
		c.text("Comment")
	})
	if !f.has("Choices") {
		l.problem(f.at("Choices"), "this field is required", "")
	}
	st.fallback = f.text("Default")
	st.output = f.template("Output")
	st.assign = f.assign(&st.assigned)
}

func (f *fields) condition() *value {
	if !f.has("Condition") {
		f.taken["Condition"] = true
		f.l.problem(f.at("Condition"), "this field is required", "")
		return nil
	}
	return f.value("Condition", func(n *node) string {
		if n.kind() != "boolean" {
			return "an expression, true or false is expected, this is " + article(n.kind())
		}
		return ""
	})
}

func (l *loader) wait(f *fields, st *state) {
	st.waitSeconds = f.value("Seconds", func(n *node) string {
		if v, ok := n.number(); !ok || v < 0 || v > 99999999 || v != float64(int64(v)) {
			return "a whole number of seconds from 0 to 99999999 is expected"
		}
		return ""
	})
	st.waitTimestamp = f.value("Timestamp", func(n *node) string {
		// A text that is no timestamp is not refused here: AWS creates such a
		// machine, and its execution fails.
		return wantText(n)
	})
	if (st.waitSeconds == nil) == (st.waitTimestamp == nil) {
		l.problem(f.path, "exactly one of Seconds and Timestamp is needed", "")
	}
	l.ending(f, st)
}

func (l *loader) parallel(f *fields, st *state, language string) {
	st.arguments = f.template("Arguments")
	f.list("Branches", func(b *fields) {
		st.branches = append(st.branches, l.scope(b, b.path, language))
		b.text("Comment")
	})
	if !f.has("Branches") {
		l.problem(f.at("Branches"), "this field is required", "")
	}
	l.errorHandling(f, st)
	l.ending(f, st)
}

func (l *loader) mapState(f *fields, st *state, language string) {
	if n := f.n.get("Items"); n != nil {
		if text, ok := n.text(); ok {
			if source, isExpr := isExpression(text); isExpr {
				st.itemsSource = source
			} else {
				l.problem(f.at("Items"), "an array or an expression is expected, this is a string", "")
			}
		} else if !n.array {
			l.problem(f.at("Items"), "an array or an expression is expected, this is "+article(n.kind()), "")
		}
	}
	st.items = f.template("Items")
	st.itemSelector = f.template("ItemSelector")
	st.maxConcurrency = f.value("MaxConcurrency", wantCount)
	st.toleratedCount = f.value("ToleratedFailureCount", wantCount)
	st.toleratedPercentage = f.value("ToleratedFailurePercentage", func(n *node) string {
		if v, ok := n.number(); !ok || v < 0 || v > 100 {
			return "a number from 0 to 100 is expected"
		}
		return ""
	})
	if p := f.take("ItemProcessor"); p != nil && p.object {
		processor := l.fields(p, f.at("ItemProcessor"))
		l.inlineOnly(processor)
		st.processor = l.scope(processor, processor.path, language)
		processor.text("Comment")
		processor.done()
	} else {
		l.problem(f.at("ItemProcessor"), "this field is required, as an object", "")
	}
	l.errorHandling(f, st)
	l.ending(f, st)
}

func (l *loader) inlineOnly(f *fields) {
	config := f.take("ProcessorConfig")
	if config == nil {
		return
	}
	if !config.object {
		l.problem(f.at("ProcessorConfig"), "an object is expected, this is "+article(config.kind()), "")
		return
	}
	c := l.fields(config, f.at("ProcessorConfig"))
	if mode := c.text("Mode"); mode != "" && mode != "INLINE" {
		l.problem(c.at("Mode"), fmt.Sprintf("the mode %q is not implemented", mode), "INLINE is")
	}
	c.done()
}

func wantText(n *node) string {
	if n.kind() != "string" {
		return "a text or an expression is expected, this is " + article(n.kind())
	}
	return ""
}

func wantSeconds(n *node) string {
	if v, ok := n.number(); !ok || v < 1 || v > 99999999 || v != float64(int64(v)) {
		return "a whole number of seconds from 1 to 99999999, or an expression, is expected"
	}
	return ""
}

func wantCount(n *node) string {
	if v, ok := n.number(); !ok || v < 0 || v != float64(int64(v)) {
		return "a whole number that is not negative, or an expression, is expected"
	}
	return ""
}
