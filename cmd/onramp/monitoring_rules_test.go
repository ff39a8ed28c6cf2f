package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"text/template"

	"github.com/VictoriaMetrics/metricsql"
	"go.yaml.in/yaml/v3"

	"onramp/templates"
)

// dashboard holds the members of a Grafana dashboard that the tests read.
type dashboard struct {
	Panels []struct {
		Title, Type string
		ID          int
		GridPos     struct{ X, Y, W, H int }
		Targets     []struct{ Expr, RefID string }
	}
}

// TestDashboard checks the printed dashboard. Each expression must select existing families by
// existing labels, and each family must be shown.
func TestDashboard(t *testing.T) {
	code, text, stderr := onramp(t, "", "monitoring", "dashboard")
	if code != 0 {
		t.Fatal(stderr)
	}
	var d dashboard
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	used, ids, cells := map[string]bool{}, map[int]bool{}, map[[2]int]string{}
	for _, panel := range d.Panels {
		if ids[panel.ID] || panel.Title == "" || panel.Type != "row" && len(panel.Targets) == 0 {
			t.Errorf("panel %d %q: a repeated ID, no title or no expression", panel.ID, panel.Title)
		}
		ids[panel.ID] = true
		for x := range panel.GridPos.W {
			for y := range panel.GridPos.H {
				at := [2]int{panel.GridPos.X + x, panel.GridPos.Y + y}
				if cells[at] != "" || at[0] >= 24 {
					t.Fatalf("panel %q is outside the grid or covers %q", panel.Title, cells[at])
				}
				cells[at] = panel.Title
			}
		}
		for _, target := range panel.Targets {
			checkExpression(t, panel.Title, strings.ReplaceAll(target.Expr, "$__rate_interval", "5m"), used)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(families)) {
		if !used[name] {
			t.Errorf("the dashboard does not show %s", name)
		}
	}
	if code, _, _ := onramp(t, "", "monitoring", "anything"); code != 2 {
		t.Errorf("an unknown argument: exit code %d", code)
	}
}

// alertRules is a file of alert rules, with all members that ours may have.
type alertRules struct {
	Groups []struct {
		Name  string `yaml:"name"`
		Rules []struct {
			Alert       string            `yaml:"alert"`
			Expr        string            `yaml:"expr"`
			For         string            `yaml:"for"`
			Labels      map[string]string `yaml:"labels"`
			Annotations map[string]string `yaml:"annotations"`
		} `yaml:"rules"`
	} `yaml:"groups"`
}

// TestAlertRules checks the printed alert rules as TestDashboard does, and that the guide explains
// each.
func TestAlertRules(t *testing.T) {
	code, text, stderr := onramp(t, "", "monitoring", "alerts")
	if code != 0 {
		t.Fatal(stderr)
	}
	var file alertRules
	decoder := yaml.NewDecoder(strings.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil {
		t.Fatal(err)
	}
	guide, err := templates.Docs.ReadFile("guides/monitoring.md")
	if err != nil {
		t.Fatal(err)
	}
	functions := template.FuncMap{"humanizePercentage": fmt.Sprint, "humanizeDuration": fmt.Sprint}
	alerts, used := map[string]bool{}, map[string]bool{}
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			if rule.Alert == "" || alerts[rule.Alert] || !slices.Contains([]string{"warning", "critical"},
				rule.Labels["severity"]) || rule.Annotations["summary"] == "" || rule.Annotations["description"] == "" {
				t.Errorf("alert %q: repeated, or without a severity, a summary or a description", rule.Alert)
			}
			alerts[rule.Alert] = true
			checkExpression(t, rule.Alert, rule.Expr, used)
			for name, text := range rule.Annotations {
				text = "{{$labels := .}}{{$value := .}}" + text
				if _, err := template.New("").Funcs(functions).Parse(text); err != nil {
					t.Errorf("%s: %s: %v", rule.Alert, name, err)
				}
			}
			if !strings.Contains(string(guide), "| `"+rule.Alert+"` |") {
				t.Errorf("the guide does not explain %s", rule.Alert)
			}
		}
	}
	if len(alerts) < 10 {
		t.Errorf("%d alerts", len(alerts))
	}
}

// checkExpression checks that an expression parses, keeps to functions of PromQL, which the
// parser's language extends, and selects only existing families by existing labels.
func checkExpression(t *testing.T, where, text string, used map[string]bool) {
	t.Helper()
	expression, err := metricsql.Parse(text)
	if err != nil {
		t.Errorf("%s: %v", where, err)
		return
	}
	known := []string{"le", "instance", "job"}
	var grouped []string
	metricsql.VisitAll(expression, func(node metricsql.Expr) {
		switch node := node.(type) {
		case *metricsql.MetricExpr:
			known = append(known, checkSelector(t, where, node, used)...)
		case *metricsql.AggrFuncExpr:
			if !slices.Contains([]string{"sum", "min", "max", "count"}, node.Name) || len(node.Args) != 1 {
				t.Errorf("%s: aggregation %s", where, node.Name)
			}
			grouped = append(grouped, node.Modifier.Args...)
		case *metricsql.FuncExpr:
			switch node.Name {
			case "rate", "increase":
				if over, ok := node.Args[0].(*metricsql.RollupExpr); !ok || over.Window == nil || len(node.Args) != 1 {
					t.Errorf("%s: %s without a range", where, node.Name)
				}
			case "histogram_quantile":
			default:
				t.Errorf("%s: function %s", where, node.Name)
			}
		}
	})
	for _, label := range grouped {
		if !slices.Contains(known, label) {
			t.Errorf("%s groups by the unknown label %s", where, label)
		}
	}
}

// checkSelector checks one selector, marks its family as used, and returns the family's labels.
func checkSelector(t *testing.T, where string, selector *metricsql.MetricExpr, used map[string]bool) []string {
	t.Helper()
	if len(selector.LabelFilterss) != 1 || selector.LabelFilterss[0][0].Label != "__name__" {
		t.Errorf("%s: a selector without a name: %s", where, selector.AppendString(nil))
		return nil
	}
	name := selector.LabelFilterss[0][0].Value
	if name == "up" { // of Prometheus itself
		return nil
	}
	short := strings.TrimSuffix(name, "_bucket")
	labels, exists := families[short]
	if !exists || (short != name) != strings.HasSuffix(short, "_duration_seconds") {
		t.Errorf("%s: no family %s", where, name)
	}
	used[short] = true
	for _, filter := range selector.LabelFilterss[0][1:] {
		if !slices.Contains(labels, filter.Label) {
			t.Errorf("%s: %s has no label %s", where, name, filter.Label)
		}
	}
	return labels
}

// TestMonitoringGuide checks that the guide lists every family with its labels.
func TestMonitoringGuide(t *testing.T) {
	guide, err := templates.Docs.ReadFile("guides/monitoring.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, labels := range families {
		row := fmt.Sprintf("| `%s` | %s |", name, strings.Join(labels, ", "))
		if len(labels) == 0 {
			row = fmt.Sprintf("| `%s` | |", name)
		}
		if !strings.Contains(string(guide), row) {
			t.Errorf("the guide has no row %s", row)
		}
	}
}
