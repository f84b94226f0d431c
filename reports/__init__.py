"""From records to one offline page."""
