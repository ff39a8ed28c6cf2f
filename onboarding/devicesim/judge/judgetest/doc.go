// Package judgetest holds the fixtures and helpers of the judge's tests: certificates, files in the
// making, cases of a broken and a sound file, mutations, and programs to compare with.
package judgetest
