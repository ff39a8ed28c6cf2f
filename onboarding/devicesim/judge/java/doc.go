// Package java restates functions of Java's class library whose limits and leniencies decide what
// Android's parsers accept.
package java
