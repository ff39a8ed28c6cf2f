package judge

import "testing"

// TestFileSize checks that files beyond the limit are refused unread.
func TestFileSize(t *testing.T) {
	read := false
	check := func(*Findings, []byte, Options) *View { read = true; return &View{} }
	v := Decide("test", check, make([]byte, MaxFile+1), Options{})
	if v.Accepted || v.View != nil || len(v.Refusals) != 1 || v.Refusals[0].Rule != ruleSize.Name || read {
		t.Errorf("one byte too many: %+v, read %v", v, read)
	}
	if v := Decide("test", check, make([]byte, MaxFile), Options{}); !v.Accepted || v.View == nil || !read {
		t.Errorf("the largest file: %+v", v)
	}
}
