class CreateTopics < ActiveRecord::Migration[7.2]
  def change
    create_table(:topics) { |t| t.string :title }
  end
end
