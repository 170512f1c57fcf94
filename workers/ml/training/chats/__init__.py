"""What trainings of chat models share: reading chats, their tokens, samples, scores and cards."""
