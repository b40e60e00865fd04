"""What holds of the assessment of any chart, whatever it says."""
