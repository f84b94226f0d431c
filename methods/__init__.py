"""Semi-supervised segmentation methods behind one interface, one file a method."""
