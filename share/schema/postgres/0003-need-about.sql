-- What a need is about was written where the reason stands for which it cannot be asked, and was
-- lost when it was.
ALTER TABLE request_need ADD COLUMN about text COLLATE "C";
UPDATE request_need SET about = why WHERE kind IN ('decision', 'secretariat');
UPDATE request_need SET why = NULL WHERE kind IN ('decision', 'secretariat');
