"""The edge to the hospital: whom we trust, what we read of its FHIR server, what we write."""
