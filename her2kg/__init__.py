"""her2kg: evidence graph of HER2-targeted therapy in advanced gastric cancer."""
