"""Rules by what they look at. A rule is a pure function from `RunFacts` to findings, most often none or one."""
