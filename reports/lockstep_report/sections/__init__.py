"""What the page shows, one file per section. Each turns entries into plain values and figures for the template."""
