"""Cases, splits and views: everything between a file on disk and a batch on the device."""
