"""Operations control: what runs day and night, and who watches it."""
