"""Jobs: fine-tunes and evaluations, from the order to the signed receipt."""
