"""What `medlfm.prepare` is made of: the plan of a run, the steps of one record, resumable work, the files it leaves."""
