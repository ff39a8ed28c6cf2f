// Package java reimplements functions of Java's class library, with the limits and leniencies on
// which Android's parsers depend.
package java
