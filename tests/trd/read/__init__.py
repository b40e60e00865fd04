"""How FHIR JSON becomes a chart."""
