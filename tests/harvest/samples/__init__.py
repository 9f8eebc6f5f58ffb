"""Raw samples of single themes, as the publishers' files have them."""
