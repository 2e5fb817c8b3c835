"""Grades a class: answers run in a sandbox that knows no answers, marks are given outside of it."""
